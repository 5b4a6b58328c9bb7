// What the zoom says about a view, in words and numbers.

import { formatNumber } from "./ui.js";
import { CRITICAL_ENERGY, ETA_LEVELS, FIRST_WINDOW, etaOf } from "./zoom-levels.js";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const METRE = 1000; // millimetres
const KILOMETRE = 1e6;
const MERIDIAN = 4e4 * KILOMETRE; // around the Earth: what the metre was once defined by
const ASTRONOMICAL_UNIT = 1.495978707e8 * KILOMETRE; // IAU 2012, resolution B2
const LIGHT_YEAR = 9.4607304725808e12 * KILOMETRE; // of 365.25 days (IAU)

/** An integer as superscript digits. */
export function superscript(value) {
  return [...String(value)].map((digit) => SUPERSCRIPTS[digit] ?? "⁻").join("");
}

/** The side 2^level as a number to read: exact up to 65 536, then as a power of ten with two digits. */
export function sideText(level) {
  if (level <= 16) return String(2 ** level).replace(/(?=(\d{3})+$)(?<=\d)/g, "\u202f");
  const exponent = Math.floor(level * Math.log10(2));
  const mantissa = 10 ** (level * Math.log10(2) - exponent);
  return `${mantissa.toFixed(1)} × 10${superscript(exponent)}`;
}

/** How wide the magnet would be at a millimetre a spin. */
export function widthText(level) {
  const width = 2 ** level;
  const plain = (value) => (value < 10 ? value.toFixed(1) : value < 1e6 ? String(Math.round(value)).replace(/(?=(\d{3})+$)(?<=\d)/g, "\u202f") : powerText(value));
  if (width < METRE) return `${width} mm`;
  if (width < KILOMETRE) return `${plain(width / METRE)} m`;
  if (width < MERIDIAN) return `${plain(width / KILOMETRE)} km`;
  if (width < ASTRONOMICAL_UNIT) return `${plain(width / MERIDIAN)} × around the Earth`;
  if (width < LIGHT_YEAR) return `${plain(width / ASTRONOMICAL_UNIT)} × the way to the Sun`;
  return `${plain(width / LIGHT_YEAR)} light years`;
}

function powerText(value) {
  const exponent = Math.floor(Math.log10(value));
  return `${(value / 10 ** exponent).toFixed(1)} × 10${superscript(exponent)}`;
}

/** A value with the error of its last digits in brackets, 0.204(8). */
export function bracketText(value, error) {
  if (!(error > 0) || !Number.isFinite(error)) return formatNumber(value, 3);
  const digits = Math.max(0, Math.min(8, 1 - Math.floor(Math.log10(error) + 1e-9) - (error / 10 ** Math.floor(Math.log10(error)) >= 2 ? 1 : 0)));
  return `${formatNumber(value, digits)}(${digits ? Math.round(error * 10 ** digits) : error.toFixed(0)})`;
}

/** What became of scale invariance on the way down: {text, kind, eta}, kind "" or "problem", eta as text. */
export function verdict(entries, bendLevel = 0) {
  const first = Math.max(FIRST_WINDOW, (bendLevel ?? 0) + 5);
  const found = etaOf(entries, first);
  const eta = found ? bracketText(found.value, found.error) : `from level ${first + ETA_LEVELS - 1} on`;
  const settled = entries.slice(first - 2).filter(Boolean);
  if (settled.length < 3) return { text: "Go deeper, and see whether every level looks like the last one.", kind: "", eta };
  const e = settled.reduce((sum, entry) => sum + entry.e, 0) / settled.length;
  const numbers = `e settles at ${formatNumber(e, 2)}, a critical magnet has √2 = ${CRITICAL_ENERGY.toFixed(2)}.`;
  if (e > 1.52) return { text: `Too ordered: on the way down one colour takes over. ${numbers}`, kind: "problem", eta };
  if (e < 1.15) return { text: `Too random: on the way down the domains dissolve into noise. ${numbers}`, kind: "problem", eta };
  return { text: `Every level looks like the last one. ${numbers}`, kind: "", eta };
}

# make book    execute the chapters that changed and build the book
# make test    style, types, the tests, and every chapter as it is written
# make serve   read the book in a browser       make lab    open the chapters in JupyterLab
# make outputs keep the tables that the tests compare, after a change on purpose
# make paper   the paper's statistics, resumable   make bench  ratios to PyTorch and plain loops
# make kernels train every bundled kernel anew
# make lock    pin the dependencies anew        make clean  remove what was built, keep .venv

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
bin := .venv/bin
# Quiet where nobody watches; with a terminal pip draws its progress bars.
quiet := $(if $(MAKE_TERMOUT),,--quiet)
sources := $(shell find lib -name __pycache__ -prune -o \( -name '*.py' -o -type d \) -print)

.PHONY: book test serve lab outputs lock clean help paper bench kernels
.DELETE_ON_ERROR:

help:
	@sed -n '1,/^$$/s/^# //p' Makefile

book: .venv/.sources
	@$(bin)/python book/build.py $(OPTIONS)

test: .venv/.sources
	@echo "ruff: style"
	@$(bin)/ruff check --quiet lib tests book benchmarks data/*.py
	@$(bin)/ruff format --check --quiet lib tests book benchmarks data/*.py
	@echo "mypy: types of the package"
	@$(bin)/mypy --no-error-summary
	@echo "pytest: the tests, and every chapter as it is written"
	@$(bin)/python -m pytest --nbval-lax --nbval-current-env tests book
	@echo "All checks passed: style, types, tests and chapters."

# Everything in sections III and IV of the paper, at its statistics; goes on where it was stopped.
paper: .venv/.sources
	@mkdir -p data/results
	@$(bin)/inverse-rg campaign run paper --out data/results
	@echo "The results are in data/results; list them with: .venv/bin/inverse-rg results"

bench: .venv/.sources
	@$(bin)/python benchmarks/bench.py

kernels: .venv/.sources
	@$(bin)/python data/train_kernels.py

serve: .venv/.installed
	@test -f _build/html/index.html || { echo "There is no book yet: run make book first."; exit 1; }
	@echo "The book is at http://127.0.0.1:$(PORT)/ until Ctrl-C (make serve PORT=8001 if the port is taken)"
	@$(bin)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

lab: .venv/.sources
	@$(bin)/jupyter lab --notebook-dir book

outputs: .venv/.sources
	@$(bin)/python book/refresh.py $(OPTIONS)

# The environment: made once, then again when the lock or pyproject.toml changes.
.venv/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: no python3.11 or python3 found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or later is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1); try make PYTHON=python3.12"; exit 1; }
	@test -x $(bin)/python || { echo "Creating .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "Installing requirements.lock into .venv (about 1.5 GB on disk, some minutes the first time)"
	@$(bin)/python -m pip install $(quiet) --disable-pip-version-check -r requirements.lock
	@$(bin)/python -m pip install $(quiet) --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Numba's cache does not see a change in a function inlined from another file: start it afresh.
.venv/.sources: .venv/.installed $(sources)
	@find lib \( -name '*.nbi' -o -name '*.nbc' \) -delete
	@touch $@

# torch: pinned without a build tag or its CUDA packages, which pip chooses for the machine.
lock: .venv/.installed
	@echo "Resolving the dependencies of pyproject.toml (about a minute)"
	@$(bin)/python -m pip install $(quiet) --disable-pip-version-check pip-tools
	@mkdir -p _build && echo "torch==2.13.0" > _build/constraints.txt
	@$(bin)/pip-compile --quiet --upgrade --all-extras --strip-extras --allow-unsafe --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	    --constraint _build/constraints.txt --output-file _build/resolved.txt pyproject.toml
	@{ sed -n '/^[^#]/q;p' requirements.lock; sed -e 's/+[a-z0-9]*$$//' -e '/^#/d' -e '/^$$/d' \
	    -e '/^nvidia-/d' -e '/^cuda-/d' -e '/^triton==/d' _build/resolved.txt | LC_ALL=C sort; } > _build/lock
	@mv _build/lock requirements.lock
	@echo "requirements.lock pins $$(grep -c == requirements.lock) packages"

clean:
	@rm -rf _build dist .pytest_cache .ruff_cache .mypy_cache
	@find lib tests book benchmarks data -name __pycache__ -prune -exec rm -rf {} +
	@find book -name .ipynb_checkpoints -prune -exec rm -rf {} +
	@echo "Removed what was built; .venv stays (rm -rf .venv removes it)"

# Every target is listed by `make help`; the logic lives in tools/.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# The order in which SymPy prints some sets follows string hashes.
export PYTHONHASHSEED := 0
# The matrices are small: more threads than one cost more than they do, and may round a sum otherwise.
export OPENBLAS_NUM_THREADS := 1
# How many results SymPy keeps of each of its functions. With its own 1000 the ledger takes a tenth longer.
export SYMPY_CACHE_SIZE := 20000
# Verdicts, so that a claim is proved once however many tests and pages ask for it. They hang on the sources of prover and cards and on the
# versions of Python, SymPy and mpmath, and on no processor; what make test says it proves is proved in that run.
export LOSSBOOK_VERDICTS := $(CURDIR)/.verdicts

.DEFAULT_GOAL := help
.PHONY: help book test portable bytes notebooks serve lint files browser pdf peers bench broken mutants clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{printf "make %-10s %s\n", $$1, $$2}'

book: $(READY) ## build the site into _build/html, from nothing and with every warning an error
	@$(BIN)/python tools/build.py

test: lint ## verify package, tools, and every output of every chapter, which is executed once
	@rm -rf .verdicts
	@$(BIN)/pytest -q -n 2 --doctest-modules lossbook tests --ignore=tests/site --ignore=tests/peers
	@$(BIN)/pytest -q -n 2 --dist loadfile --nbval --nbval-current-env book

portable: $(READY) ## compare every output of every chapter again, as NumPy and OpenBLAS compute it on an older processor
	@NPY_DISABLE_CPU_FEATURES="AVX512_ICL X86_V4 X86_V3" OPENBLAS_CORETYPE=Nehalem $(BIN)/pytest -q -n 2 --dist loadfile --nbval --nbval-current-env book

bytes: $(READY) ## execute every chapter again, and compare the bytes of what would be stored
	@$(BIN)/python tools/notebooks.py --check

notebooks: $(READY) ## execute the chapters and store their outputs (CHAPTER=lovasz: those whose path has it)
	@$(BIN)/python tools/notebooks.py $(CHAPTER)

serve: book ## build, then show the site at http://localhost:8000
	@$(BIN)/python -m http.server 8000 --bind localhost --directory _build/html

lint: $(READY) ## check style and spelling
	@$(BIN)/ruff check --quiet .
	@$(BIN)/codespell

files: book .venv/.browser ## build, and read all pages, links and addresses as files
	@$(BIN)/pytest -q -n 2 tests/site/test_site_files.py --pages ""

browser: book .venv/.browser ## build, read all pages as files, and open them in Chromium with the network cut off (PAGES="book/intro.html ...": these)
	@$(BIN)/pytest -q -n 2 tests/site --pages "$(PAGES)"

pdf: book .venv/.browser ## build, then print the whole book into _build/html/lossbook.pdf, to which the pages then link
	@$(BIN)/python tools/pdf.py

peers: .venv-peers/.ready ## compare with fourteen other libraries, and run the code that the chapters quote
	@.venv-peers/bin/pytest -q tests/peers

broken: $(READY) ## break every card's formula in every way, and see which of its claims go
	@LOSSBOOK_WHOLE=1 $(BIN)/pytest -q -n 2 tests/proof/test_breaks.py tests/proof/test_false_claims.py

mutants: .venv/.mutants ## break the package on purpose, and see whether a test notices (MODULE=lovasz: one module)
	@nice $(BIN)/python tools/mutants.py $(MODULE)

bench: .venv-peers/.ready ## time losses and bridges beside other libraries, count rounding errors, and store all for the book
	@.venv-peers/bin/python tools/bench.py
	@.venv-peers/bin/python tools/bench_bridges.py
	@.venv-peers/bin/python tools/accuracy.py

clean: ## remove what was built and installed
	@rm -rf _build .mutants_cache .verdicts .venv .venv-peers

$(READY): requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) tools/install.py $@ requirements.txt constraints.txt

.venv/.browser: requirements-browser.txt $(READY)
	@$(PYTHON) tools/install.py $@ requirements-browser.txt constraints.txt

.venv/.mutants: requirements-mutants.txt $(READY)
	@$(PYTHON) tools/install.py $@ requirements-mutants.txt constraints.txt

.venv-peers/.ready: requirements-peers.txt pyproject.toml
	@$(PYTHON) tools/install.py $@ requirements-peers.txt

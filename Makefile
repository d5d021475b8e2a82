# make demo   the whole loop on examples/food_qa, round and round, from a small and naive first draw
# make test   the whole suite
# make lint   ruff and mypy                                           make bench  beside the peers
PYTHON ?= python3
BIN := .venv/bin


.PHONY: demo test lint bench shape clean

demo: .venv/demo
	rm -rf demo/food-qa
	$(BIN)/growloop new demo/food-qa --template food-qa
	$(BIN)/growloop draw 250 --project demo/food-qa --where split=validation
	$(BIN)/growloop draw 400 --project demo/food-qa --where split=test
	$(BIN)/growloop draw 1000 --project demo/food-qa --where split=train --where negative=none --where variation=none
	$(BIN)/growloop run --project demo/food-qa --turns 4 --examples 2000 --growth 3 --warm-start --epochs 1

test: .venv/dev browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

lint: .venv/dev
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/ruff format --check src tests benchmarks examples
	$(BIN)/mypy

# Not in it: benchmarks/data_choices.py, fifteen trainings, about an hour; started again, it goes on;
# benchmarks/half_labels.py, twenty-five runs of four or five trainings in each of three pools, for a GPU.
bench: .venv/bench
	$(BIN)/python benchmarks/metrics.py
	$(BIN)/python benchmarks/near_duplicates.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/generation.py
	$(BIN)/python benchmarks/versions.py
	$(BIN)/python benchmarks/label_errors.py
	.ci/postgres $(BIN)/python benchmarks/pool.py
	.ci/postgres $(BIN)/python benchmarks/kills.py
	$(BIN)/python benchmarks/annotators.py
	$(BIN)/python benchmarks/importing.py
	$(BIN)/python benchmarks/typos.py
	$(BIN)/python benchmarks/verification.py
	$(BIN)/python benchmarks/covering.py
	$(BIN)/python benchmarks/suggesting.py
	$(BIN)/python benchmarks/curation.py
	$(BIN)/python benchmarks/leakage.py
	$(BIN)/python benchmarks/drawing.py
	$(BIN)/python benchmarks/agreement.py
	$(BIN)/python benchmarks/comparing.py
	$(BIN)/python benchmarks/next_again.py
	$(BIN)/python benchmarks/judge.py
	$(BIN)/python benchmarks/slice_search.py
	$(BIN)/python benchmarks/planted_failures.py
	$(BIN)/python benchmarks/annotating.py

shape: .venv/dev
	$(BIN)/python benchmarks/shape.py

# One virtual environment; each file in it says which extras are installed. torch comes first and by
# its exact version, so that nothing asks for the newest build, which pulls gigabytes of CUDA libraries.
.venv/torch: constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --constraint constraints.txt torch==2.13.0
	touch $@

.venv/demo: .venv/torch pyproject.toml
	$(BIN)/python -m pip install --constraint constraints.txt --editable ".[all]"
	touch $@

.venv/dev: .venv/torch pyproject.toml
	$(BIN)/python -m pip install --constraint constraints.txt --editable ".[dev]"
	touch $@ .venv/demo

.venv/bench: .venv/torch pyproject.toml
	$(BIN)/python -m pip install --constraint constraints.txt --editable ".[bench]"
	touch $@ .venv/dev .venv/demo

# The browser tests drive Debian's Chromium; where it is missing and cannot be installed they say so and fail.
.PHONY: browser
browser:
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }

clean:
	rm -rf .venv demo build dist .mypy_cache .ruff_cache .pytest_cache

# Needs Python 3.11+, git and make. Everything else comes from the locks into .venv.
SHELL := /bin/sh
export PATH := $(or $(PATH),/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
.DEFAULT_GOAL := help
.PHONY: help setup run test test-long mutate bench lint types contracts lock check

BIN := .venv/bin
# Two processes, each with a database and a broker of its own.
PYTEST_FLAGS ?= -n 2 --dist worksteal

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: ## make .venv from the locks (a second run does nothing)
	@sh .ci/setup

run: setup ## start everything on this machine, against the sandbox
	$(BIN)/redress up --world

test: setup ## the tests that take seconds
	$(BIN)/python -m pytest -m "not long" $(PYTEST_FLAGS)

test-long: setup ## the tests that take minutes
	$(BIN)/python -m pytest -m long

mutate: setup ## change the pure core in every small way: a test must fail
	$(BIN)/python -m tests.mutation

bench: setup ## measure throughput on this machine
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.sweep

lint: setup ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict, tests too
	$(BIN)/mypy

contracts: setup ## import-linter: the floors of the house
	$(BIN)/lint-imports --no-logo

lock: setup ## re-make the locks (LOCK_FLAGS=--upgrade takes the newest versions)
	@sh .ci/lock

check: lint types contracts test ## all that a change must pass

#!/bin/sh
# The tests, with a server of their own.
set -e
cd "$(dirname "$0")"
if [ ! -f .venv/installed ]; then
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
  touch .venv/installed
fi
exec ../with-mock-apns .venv/bin/python -m unittest -q

#!/bin/sh
# The tests, with a server of their own.
set -e
cd "$(dirname "$0")"
cargo test --quiet --no-run
exec ../with-mock-apns cargo test --quiet

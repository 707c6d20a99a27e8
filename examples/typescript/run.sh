#!/bin/sh
# The tests, with a server of their own.
set -e
cd "$(dirname "$0")"
[ -d node_modules ] || [ -d ../../node_modules/@parse/node-apn ] || npm install --no-audit --no-fund
exec ../with-mock-apns npm test --silent

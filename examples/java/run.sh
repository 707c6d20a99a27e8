#!/bin/sh
# The tests, with a server of their own.
set -e
cd "$(dirname "$0")"
mvn -q -B test-compile
exec ../with-mock-apns mvn -q -B test

#!/bin/sh
# The tests, with a server of their own.
set -e
cd "$(dirname "$0")"
go mod download
exec ../with-mock-apns go test -count=1 ./...

#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# A display, a session bus and the accessibility bus for one command, none of them anybody else's. The X server itself takes a
# free number, so that two that start at once never want the same one, and ends with this script however that ends.
set -eu
folder=$(mktemp -d)
mkfifo "$folder/number"
setpriv --pdeathsig TERM Xvfb -displayfd 3 -screen 0 1920x1080x24 -nolisten tcp 3>"$folder/number" >"$folder/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 143' INT TERM
if ! read -r number <"$folder/number"; then
  echo "no display: Xvfb says: $(cat "$folder/log")" >&2
  exit 1
fi
DISPLAY=:$number dbus-run-session -- sh -c '
  /usr/libexec/at-spi-bus-launcher --launch-immediately >/dev/null 2>&1 &
  "$@"' sh "$@"

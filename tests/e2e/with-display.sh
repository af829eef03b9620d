#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# A display, a session bus and the accessibility bus for one command, none of them anybody else's.
exec xvfb-run -a -s '-screen 0 1920x1080x24' dbus-run-session -- sh -c '
  /usr/libexec/at-spi-bus-launcher --launch-immediately >/dev/null 2>&1 &
  "$@"' sh "$@"

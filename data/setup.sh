# SPDX-License-Identifier: EUPL-1.2
# What ./run and ./check share: the Debian packages that are missing, and the build. To be sourced from the top folder.

# What is for what: README.md. One list for building and running, one more for the tests.
BUILD_PACKAGES="gcc g++ meson ninja-build pkg-config gettext libglib2.0-dev libglib2.0-dev-bin libjson-glib-dev libgtk-4-dev libgtk-4-bin
 libadwaita-1-dev libshumate-dev libsoup-3.0-dev libsimdjson-dev libproj-dev libsqlite3-dev libzstd-dev libseccomp-dev libmosquitto-dev libssl-dev libpq-dev libical-dev glib-networking
 libxml2-dev libcsv-dev nettle-dev libcmark-dev libprotobuf-c-dev protobuf-c-compiler
 fonts-noto-core adwaita-icon-theme librsvg2-common ca-certificates tzdata mosquitto"
TEST_PACKAGES="xvfb dbus at-spi2-core python3 python3-pyatspi gir1.2-atspi-2.0 desktop-file-utils appstream
 appstream-util curl util-linux mosquitto postgresql"

# say ENGLISH FRENCH: in the person's language, which gettext cannot know yet: what it would need is not built
say() {
  case ${LANGUAGE:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}} in
    fr*) printf '%s\n' "$2" ;;
    *) printf '%s\n' "$1" ;;
  esac
}

# missing_packages PACKAGE…: those that are not installed
missing_packages() {
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || printf '%s ' "$package"
  done
}

# install_packages ASSUME_YES PACKAGE…: says which are missing, asks unless root or told yes, installs them
install_packages() {
  local yes=$1
  local missing
  shift
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  say "Debian packages to install: $missing" "Paquets Debian à installer : $missing"
  if [ "$(id -u)" -ne 0 ]; then
    if [ "$yes" != yes ]; then
      printf '%s ' "$(say 'Install them with sudo? [y/N]' 'Les installer avec sudo ? [o/N]')"
      read -r answer
      case $answer in y | Y | yes | o | O | oui) ;; *) return 1 ;; esac
    fi
    sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
    return
  fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# build: configures once and builds in _build; quiet unless it fails
build() {
  [ -f _build/build.ninja ] || meson setup _build >_setup.log 2>&1 || { cat _setup.log; rm -f _setup.log; return 1; }
  rm -f _setup.log
  ninja -C _build >_build/build.log 2>&1 || { tail -n 60 _build/build.log; return 1; }
}

#!/bin/sh
# Installs the packages of tools/system_packages.txt, or of the list given, that are missing; touches nothing when none is.
set -eu
list="${1:-$(dirname "$0")/system_packages.txt}"
command -v dpkg-query >/dev/null || {
  echo "This is not a Debian system: see that you have what $list names." >&2
  exit 0
}
missing=""
for package in $(grep -v '^#' "$list"); do
  case "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" in
    "install ok installed") ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0
echo "Installing:$missing"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "Run this as root: apt-get install$missing" >&2
    exit 1
  }
  as_root="sudo"
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086  # a list of words on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing

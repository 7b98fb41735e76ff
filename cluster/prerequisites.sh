# Sourced by cluster/up and Tests/run: the two system libraries that Quartet is built on.

install_prerequisites() {
  if ! command -v swift >/dev/null 2>&1; then
    echo "Swift 6.2 or newer is needed and 'swift' is not on the PATH: see https://www.swift.org/install/linux" >&2
    return 69
  fi
  local missing=()
  [ -e /usr/include/sqlite3.h ] || missing+=(libsqlite3-dev)
  ls /usr/include/openssl/sha.h /usr/include/*/openssl/sha.h >/dev/null 2>&1 || missing+=(libssl-dev)
  [ ${#missing[@]} -eq 0 ] && return 0
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  if ! command -v apt-get >/dev/null 2>&1 || { [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; }; then
    echo "These are missing and must be installed by an administrator: ${missing[*]}" >&2
    return 69
  fi
  echo "Installing ${missing[*]} …"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
}

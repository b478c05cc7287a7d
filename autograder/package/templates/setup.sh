#!/usr/bin/env bash
# Built once, with the image: Python @PYTHON@ and the grader of the lab @LAB@ below /opt/autograder,
# where everybody may read them, and the lab's hidden data where only root may.
set -euo pipefail

SOURCE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
PLACE=/opt/autograder
UV_VERSION=0.9.13

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends ca-certificates curl libseccomp2

# The image's own Python is often older than 3.11: uv brings one along.
mkdir -p "$PLACE"
curl -LsSf "https://astral.sh/uv/$UV_VERSION/install.sh" |
    env UV_INSTALL_DIR="$PLACE/bin" UV_NO_MODIFY_PATH=1 sh
export UV_PYTHON_INSTALL_DIR="$PLACE/python" UV_CACHE_DIR="$PLACE/cache" UV_LINK_MODE=copy
"$PLACE/bin/uv" venv --python @PYTHON@ --python-preference only-managed "$PLACE/venv"

# The build of torch without CUDA is ten times smaller.
TORCH="$(grep '^torch==' "$SOURCE/requirements.txt")"
install() { "$PLACE/bin/uv" pip install --python "$PLACE/venv/bin/python" "$@"; }
install --index-url https://download.pytorch.org/whl/cpu "$TORCH" ||
    install "$TORCH"
install -r "$SOURCE/requirements.txt"
install --no-deps "$SOURCE/@WHEEL@"
rm -rf "$PLACE/cache"

"$PLACE/venv/bin/python" -m compileall -q "$PLACE/venv" || true
chmod -R a+rX "$PLACE"
chmod 700 "$SOURCE"
chmod 600 "$SOURCE"/*.bundle

# For the log of the build: which levels of isolation work while the image is built.
"$PLACE/venv/bin/autograder" doctor || true

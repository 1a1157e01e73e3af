#!/bin/sh
# Build .dvc/plots/offline.html, the page of `dvc plots`, with the vega scripts inside: it opens without a network.
# The versions are those that DVC's own page loads from a CDN. Needs npm; usage: sh scripts/plots/build_offline_page.sh
set -eu
cd "$(dirname "$0")/../.."
page=.dvc/plots/offline.html
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

script() {
    npm pack --silent --pack-destination "$folder" "$1@$2" >/dev/null
    tar -xzf "$folder/$1-$2.tgz" -C "$folder" "package/build/$1.min.js" package/LICENSE
    printf '<!-- %s %s, BSD-3-Clause\n' "$1" "$2"
    cat "$folder/package/LICENSE"
    printf -- '-->\n<script>\n'
    # Inside a page, the end tag ends the script even within a string.
    sed -e 's#</script#<\\/script#g' -e '/^\/\/# sourceMappingURL=/d' "$folder/package/build/$1.min.js"
    printf '\n</script>\n'
}

mkdir -p .dvc/plots
{
    printf '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n{refresh_tag}\n<title>DVC plots</title>\n'
    script vega 5.20.2
    script vega-lite 5.2.0
    script vega-embed 6.18.2
    printf '</head>\n<body>\n{plot_divs}\n</body>\n</html>\n'
} > "$folder/page"
mv "$folder/page" "$page"
chmod 644 "$page"
echo "wrote $page"

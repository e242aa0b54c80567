#!/usr/bin/env bash
# Do real programs read the articles that we write?
#
#   article/conformance/run.sh [hexo|hugo|jekyll|eleventy|graymatter]...      (default: all)
#
# Writes nasty articles in each profile, gives them to the programs as .md and as .html, and compares what they read and
# rendered with what was meant. Missing programs are installed once, below FEEDFOLIO_CACHE (default ~/.cache/feedfolio-conformance):
# Hexo, Eleventy and gray-matter with npm (Node.js 20 or newer), Hugo with `go install` (or $HUGO, or a hugo on the PATH), Jekyll
# with apt-get when run as root. Where FEEDFOLIO_CONFORMANCE names a folder with check-hexo, check-hugo, check-jekyll and
# check-graymatter, those are asked too.
#
# Exit status: 0 all read right, 1 not, 2 a program could not be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${FEEDFOLIO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/feedfolio-conformance}
programs=("$@")
[ $# -gt 0 ] || programs=(hexo hugo jekyll eleventy graymatter)
mkdir -p "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

lack() { echo "conformance: $1 is missing; $2" >&2; exit 2; }
npm_install() { # NAME PACKAGE...
  modules=$cache/$1; shift
  [ "$(cat "$modules/installed" 2>/dev/null)" != "$*" ] || return 0
  command -v npm >/dev/null || lack npm 'install Node.js 20 or newer'
  rm -rf "$modules"; mkdir -p "$modules"
  echo '{"private":true}' > "$modules/package.json"
  (cd "$modules" && npm install --no-audit --no-fund --loglevel=error "$@" >&2) || lack "$*" 'npm install failed'
  echo "$*" > "$modules/installed"
}
# verdict WHAT ROWS: compares what was read
verdict() {
  echo "$1"
  "$work/conformance" check "$work/docs/expected.jsonl" "$2" || failed=1
}
# copy PROFILE EXT FOLDER [PREFIX]: the articles of a profile, under an extension
copy() {
  mkdir -p "$3"
  for f in "$work/docs/$1"/*.md; do name=$(basename "$f" .md); cp "$f" "$3/${4:-}$name.$2"; done
}

hexo_site() { # FOLDER
  mkdir -p "$1/source/_posts" "$1/themes/bare/layout"
  ln -s "$modules/node_modules" "$1/node_modules"
  echo '{"name":"site","hexo":{"version":"8.1.2"},"dependencies":{"hexo":"8","hexo-renderer-marked":"7"}}' > "$1/package.json"
  printf '%s\n' 'title: t' 'url: http://example.com' "permalink: ':title/'" 'theme: bare' "timezone: ''" > "$1/_config.yml"
  echo '{{ page.content }}' > "$1/themes/bare/layout/post.njk"
  cp "$1/themes/bare/layout/post.njk" "$1/themes/bare/layout/index.njk"
}
run_hexo() {
  npm_install hexo hexo@8.1.2 hexo-renderer-marked@7.0.1
  for ext in md html; do
    hexo_site "$work/hexo-$ext"
    copy hexo $ext "$work/hexo-$ext/source/_posts"
    TZ=UTC node "$here/site/hexo.cjs" "$work/hexo-$ext" "$modules" > "$work/rows" || failed=1
    verdict "hexo, .$ext" "$work/rows"
  done
  # The control: the same command in a body that we did not write is run. Else the check above would prove nothing.
  hexo_site "$work/hexo-control"
  sed 's/&#123;/{/g; s/&#125;/}/g' "$work/docs/hexo/case-01.md" | sed 's/{{{ x }}}//' > "$work/hexo-control/source/_posts/control.md"
  echo 'hexo, the control: an article without the escapes'
  if TZ=UTC node "$here/site/hexo.cjs" "$work/hexo-control" "$modules" > "$work/rows" 2>/dev/null || ! grep -q "<p>v[0-9]" "$work/rows"
  then echo '  its command was not run: the check of commands proves nothing'; failed=1
  else echo '  its command is run, as it must be'; fi
}

run_hugo() {
  hugo=${HUGO:-$(command -v hugo || true)}
  if [ -z "$hugo" ]; then
    hugo=$cache/bin/hugo
    [ -x "$hugo" ] || { echo 'conformance: building hugo, which takes some minutes, once' >&2
      GOBIN=$cache/bin CGO_ENABLED=0 nice go install github.com/gohugoio/hugo@v0.165.0 >&2 || lack hugo 'go install failed'; }
  fi
  for ext in md html; do
    site=$work/hugo-$ext
    copy hugo $ext "$site/content/posts"
    mkdir -p "$site/layouts/_default"
    printf '%s\n' "baseURL = 'http://example.com/'" "disableKinds = ['taxonomy', 'term', 'RSS', 'sitemap', 'home', 'section', '404']" 'buildFuture = true' \
      '[security]' "allowContent = ['.*']" '[markup.goldmark.renderer]' 'unsafe = true' > "$site/hugo.toml"
    cat > "$site/layouts/_default/single.html" <<'T'
{{ with .Params }}{{ jsonify (dict "file" $.File.LogicalName "title" $.Title "date" ($.Date.UTC.Format "2006-01-02T15:04:05Z07:00") "categories" .categories "author" .author "headimg" .headimg "thumbnail" .thumbnail "comments" .comments "html" (print $.Content)) }}{{ end }}
T
    cp "$site/layouts/_default/single.html" "$site/layouts/single.html"
    "$hugo" --quiet --source "$site" --destination "$site/public" >&2 || failed=1
    find "$site/public/posts" -name index.html -exec cat {} + > "$work/rows"
    verdict "hugo, .$ext" "$work/rows"
  done
}

run_jekyll() {
  if ! command -v jekyll >/dev/null; then
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || lack jekyll 'install it, or run this as root where apt-get is'
    apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends jekyll >&2 || lack jekyll 'apt-get install failed'
  fi
  for ext in md html; do
    site=$work/jekyll-$ext
    copy jekyll $ext "$site/_posts" 2000-01-01-
    mkdir -p "$site/_layouts"
    printf '%s\n' 'timezone: UTC' 'future: true' 'permalink: /p/:title.html' 'defaults: [{scope: {path: ""}, values: {layout: row}}]' > "$site/_config.yml"
    cat > "$site/_layouts/row.html" <<'T'
{"file":{{ page.slug | append: ".md" | jsonify }},"title":{{ page.title | jsonify }},"date":{{ page.date | date_to_xmlschema | jsonify }},"categories":{{ page.categories | jsonify }},"author":{{ page.author | jsonify }},"headimg":{{ page.headimg | jsonify }},"thumbnail":{{ page.thumbnail | jsonify }},"comments":{{ page.comments | jsonify }},"html":{{ content | jsonify }}}
T
    LC_ALL=C.UTF-8 TZ=UTC jekyll build --quiet --disable-disk-cache --source "$site" --destination "$work/jekyll-out-$ext" >&2 || failed=1
    find "$work/jekyll-out-$ext/p" -name '*.html' -exec cat {} + > "$work/rows"
    verdict "jekyll, .$ext" "$work/rows"
  done
}

run_graymatter() {
  npm_install graymatter gray-matter@4.0.3 markdown-it@14.1.0
  for profile in hexo eleventy markdown obsidian; do
    for ext in md html; do
      case $profile-$ext in markdown-html | obsidian-html) continue ;; esac
      copy $profile $ext "$work/matter-$profile-$ext"
      node "$here/site/matter.cjs" "$work/matter-$profile-$ext" "$modules" > "$work/rows" || failed=1
      verdict "gray-matter and markdown-it, profile $profile, .$ext" "$work/rows"
    done
  done
}

run_eleventy() {
  npm_install eleventy @11ty/eleventy@3.1.8
  site=$work/eleventy
  copy eleventy md "$site/posts"
  mkdir -p "$site/_includes"
  ln -s "$modules/node_modules" "$site/node_modules"
  echo '{"layout":"row.njk"}' > "$site/posts/posts.json"
  cat > "$site/_includes/row.njk" <<'T'
{{ { file: page.inputPath.split("/") | last, title: title, date: page.date, categories: categories, author: author, headimg: headimg, thumbnail: thumbnail, comments: comments, html: content } | dump | safe }}
T
  (cd "$site" && ELEVENTY_DISABLE_UPDATE_NOTIFIER=1 TZ=UTC node node_modules/@11ty/eleventy/cmd.cjs --quiet --output="$work/eleventy-out" >&2) || failed=1
  find "$work/eleventy-out/posts" -name index.html -exec cat {} + > "$work/rows"
  verdict 'eleventy, .md' "$work/rows"
}

run_kit() { # PROGRAM PROFILE
  [ -x "${FEEDFOLIO_CONFORMANCE:-}/check-$1" ] || return 0
  for ext in md html; do
    echo "$FEEDFOLIO_CONFORMANCE/check-$1 --as $ext"
    "$FEEDFOLIO_CONFORMANCE/check-$1" --as $ext "$work/docs/$2" "$work/docs/expected.jsonl" > "$work/kit" || failed=1
    tail -1 "$work/kit"
  done
}

(cd "$here" && go build -o "$work/conformance" .)
data=$here/../testdata/frontmatter
mkdir "$work/docs"
"$work/conformance" generate "$data/inputs.jsonl" "$data/expected.jsonl" "$work/docs"
for program in "${programs[@]}"; do
  case $program in
    hexo | hugo | jekyll) run_$program; run_kit $program $program ;;
    eleventy) run_eleventy ;;
    graymatter) run_$program; run_kit $program eleventy ;;
    *) echo "conformance: unknown program $program; one of hexo, hugo, jekyll, eleventy, graymatter" >&2; exit 2 ;;
  esac
done
[ $failed = 0 ] && echo 'conformance: all read right' || echo 'conformance: FAILED'
exit $failed

'use strict';
// Reads a folder as the programs built on gray-matter do, and prints a JSON line for each file.
const fs = require('fs'), path = require('path'), { createRequire } = require('module');
const [dir, modules] = process.argv.slice(2);
const need = createRequire(modules + '/'), matter = need('gray-matter'), md = need('markdown-it')({ html: true });
for (const file of fs.readdirSync(dir)) {
  let row = { file };
  try {
    const { data, content } = matter(fs.readFileSync(path.join(dir, file), 'utf8'), {});
    const { title, date, categories, author, headimg, thumbnail, comments } = data;
    row = { file, title, date, categories, author, headimg, thumbnail, comments, html: file.endsWith('.html') ? content : md.render(content) };
  } catch (e) { row.error = String(e.message).split('\n')[0]; }
  console.log(JSON.stringify(row));
}

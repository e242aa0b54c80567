'use strict';
// Builds a Hexo site as `hexo generate` does, and prints a JSON line for each post: what Hexo read, and the page it wrote.
const fs = require('fs'), path = require('path'), { createRequire } = require('module');
const [site, modules] = process.argv.slice(2);
const Hexo = createRequire(modules + '/')('hexo');
(async () => {
  const hexo = new Hexo(site, { silent: true });
  const errors = [];
  await hexo.init();
  await hexo.load();
  try { await hexo.call('generate', { bail: true, concurrency: 1 }); } catch (e) { errors.push(String(e.message || e).split('\n')[0]); }
  for (const p of hexo.model('Post').toArray()) {
    const row = { file: path.basename(p.source), title: p.title, date: p.date.toISOString(), categories: p.categories.map(c => c.name),
      author: p.author, headimg: p.headimg, thumbnail: p.thumbnail, comments: p.comments };
    try { row.html = fs.readFileSync(path.join(site, 'public', p.path, 'index.html'), 'utf8'); }
    catch (e) { row.error = 'no page was written: ' + (errors[0] || e.message); }
    console.log(JSON.stringify(row));
  }
  await hexo.exit();
  if (globalThis.FEEDFOLIO_CANARY) { console.error('hexo: a command in an article was run'); process.exit(3); }
})().catch(e => { console.error(e); process.exit(2); });

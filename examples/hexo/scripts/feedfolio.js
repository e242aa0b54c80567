// What the themes need to know of our keys. Hexo loads every file of this folder.
//
// Volantis hides an article's title where it shows its headimg; Icarus calls the picture above an article its cover.
'use strict';

hexo.extend.filter.register('template_locals', locals => {
  const posts = locals.page.posts ? locals.page.posts.toArray() : [];
  for (const post of [locals.page, ...posts]) {
    if (!post.headimg) continue;
    if (post.title_display === undefined) post.title_display = true;
    if (hexo.config.theme === 'icarus' && post.cover === undefined) post.cover = post.headimg;
  }
  return locals;
});

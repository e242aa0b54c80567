package article

// markdownOf is replaced below.
func markdownOf(a *Article) (string, bool) { return "", false }
func setMarkdown(a *Article, md string)    { a.Body = md }

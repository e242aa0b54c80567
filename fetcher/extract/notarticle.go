package extract

// notArticle decides whether the page holds an article at all.
func (p *page) notArticle(r *Result) error {
	return nil
}

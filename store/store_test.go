package store_test

import (
	"testing"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
	"github.com/feedfolio/feedfolio/store/storetest"
)

func settings(dir string) *config.Config {
	return &config.Config{
		Archive: dir,
		Format: config.Format{Profile: "hexo", Extra: []string{
			"source_url", "guid", "updated", "tags", "published_raw", "first_seen", "fetched_at", "revision", "body_status", "content_hash",
		}},
		Raw: config.Raw{Keep: config.Forever},
	}
}

func TestSQLiteAndFolder(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) (*config.Config, func() store.Files) {
		return settings(t.TempDir()), func() store.Files { return nil }
	})
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storetest.Files(t, func() (store.Files, error) { return store.OpenFolder(dir) })
}

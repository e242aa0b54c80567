//go:build !linux

package store_test

import "errors"

func mount(string) error { return errors.New("only on Linux") }

func remountReadOnly(string) error { return errors.New("only on Linux") }

package acme

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// What failed in a way that certmagic does not repeat is tried again after a while, which becomes twice as long each time. That
// is a storage that cannot be read, or an authority that refuses what its staging server has granted: it counts failures.
const (
	again   = time.Minute
	longest = 6 * time.Hour
)

// obtain gets a certificate, however often that fails.
func (i *Issued) obtain(ctx context.Context, r *running, name string) {
	for pause := i.pause; ; pause = min(2*pause, longest) {
		err := i.take(ctx, r, name)
		if err == nil || ctx.Err() != nil {
			return
		}
		i.log.ErrorContext(ctx, "there is no certificate", "name", name, "error", err, "again_in", pause)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// take takes a certificate from the storage, or else asks for one until there is one: first each minute, then each few hours. One
// that was stored may have to be renewed at once: it may be long ago that anybody looked.
func (i *Issued) take(ctx context.Context, r *running, name string) error {
	_, err := r.config.CacheManagedCertificate(ctx, name)
	if err == nil {
		return r.cache.RenewManagedCertificates(ctx)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	i.log.InfoContext(ctx, "asking for a certificate", "name", name, "directory", i.config.Directory)
	if err := r.config.ObtainCertAsync(ctx, name); err != nil {
		return err
	}
	_, err = r.config.CacheManagedCertificate(ctx, name)
	return err
}

package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/plugins/sdk"
)

// sources gives modules what a playbook names: files by text, secrets by handle. Each secret is fetched once per run, so
// the operator is asked once and every node has the same one.
type sources struct {
	files  *lang.Files
	store  *secret.Store
	prompt func(ctx context.Context, name string) ([]byte, error)

	mu   sync.Mutex
	have map[string]sdk.Handle
}

func newSources(files *lang.Files, store *secret.Store, prompt func(context.Context, string) ([]byte, error)) *sources {
	return &sources{files: files, store: store, prompt: prompt, have: map[string]sdk.Handle{}}
}

// Files implements lang.Sources.
func (s *sources) Files() *lang.Files { return s.files }

// Handle implements lang.Sources.
func (s *sources) Handle(ctx context.Context, named *lang.Secret) (sdk.Handle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h, ok := s.have[named.ID()]; ok && named.Kind != lang.SecretText {
		return h, nil
	}
	b, err := s.fetch(ctx, named)
	if err != nil {
		return sdk.Handle{}, err
	}
	h, err := s.store.Add(named.Name, secret.NewValue(b))
	if err == nil {
		s.have[named.ID()] = sdk.Handle(h)
	}
	return sdk.Handle(h), err
}

func (s *sources) fetch(ctx context.Context, named *lang.Secret) ([]byte, error) {
	if named.Kind != lang.SecretPrompt {
		return named.Read()
	}
	if s.prompt == nil {
		return nil, fmt.Errorf("secret %q has to be typed, and there is no terminal", named.Name)
	}
	return s.prompt(ctx, named.Name)
}

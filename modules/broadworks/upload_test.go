package broadworks

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/plugins/sdk"
)

// keeping is a host that lets no upload be taken away.
type keeping struct{ *simConn }

func (k keeping) Remove(ctx context.Context, path string) error {
	if strings.HasPrefix(path, uploadDir) {
		return errors.New("permission denied")
	}
	return k.simConn.Remove(ctx, path)
}

func lying(c *simConn) []string { return c.host.Files(strings.TrimSuffix(uploadDir, "/")) }

// Every module that uploads takes its files away, says so truly, and names them where it cannot.
func TestUploadsAreTakenAway(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		uploaded := 0
		for _, s := range ctiSteps(t, l, c) {
			name := s.module.Describe().Name
			keeps := c.request(s.module, s.args, nil)
			keeps.Conn = keeping{c}
			notes := strings.Join(apply(t, s.module, keeps).Notes, "\n")
			left := lying(c)
			if len(left) > 0 {
				uploaded++
			}
			if told := strings.Contains(notes, "remove by hand what could not be taken away"); told != (len(left) > 0) {
				t.Errorf("%s: %q lie there, and the notes are %q", name, left, notes)
			}
			for _, f := range left {
				if !strings.Contains(notes, f) {
					t.Errorf("%s: no note names %s: %q", name, f, notes)
				}
				if err := c.Remove(t.Context(), uploadDir+strings.TrimPrefix(f, uploadDir)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if uploaded < 3 {
			t.Errorf("only %d steps uploaded something: the test sees nothing", uploaded)
		}
	}, nil)
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		for _, s := range ctiSteps(t, l, c) {
			apply(t, s.module, c.request(s.module, s.args, nil))
			if left := lying(c); len(left) > 0 {
				t.Errorf("%s left %q behind", s.module.Describe().Name, left)
			}
		}
	}, nil)
}

func TestARefusedUploadIsTakenAway(t *testing.T) {
	for name, tt := range map[string]struct {
		conn  func(c *simConn) sdk.Conn
		says  string
		files int
	}{
		"taken":  {func(c *simConn) sdk.Conn { return c }, "the upload was taken away", 0},
		"stayed": {func(c *simConn) sdk.Conn { return keeping{c} }, "not taken away from the host: /var/broadworks/tmp/muster-cti-", 1},
	} {
		t.Run(name, func(t *testing.T) {
			dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
				c.host.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "updateTrust"})
				s := ctiSteps(t, l, c)[0]
				req := c.request(s.module, s.args, nil)
				req.Conn = tt.conn(c)
				f := failure(t, 20*time.Second, applying(s.module, req))
				if left := lying(c); !strings.Contains(f.State, tt.says) || len(left) != tt.files {
					t.Errorf("state %q; on the host lie %q", f.State, left)
				}
			}, nil)
		})
	}
}

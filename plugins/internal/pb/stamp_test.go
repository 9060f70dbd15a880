package pb_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"

	"github.com/muster-run/muster/plugins/internal/pb"
)

func TestGeneratedFromThisProto(t *testing.T) {
	proto, err := os.ReadFile("../../protocol/module.proto")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(proto)
	if got := hex.EncodeToString(sum[:]); got != pb.ProtoSHA256 {
		t.Errorf("module.proto (%s) is not what the code was generated from (%s): run .tools/generate-proto.sh", got, pb.ProtoSHA256)
	}
}

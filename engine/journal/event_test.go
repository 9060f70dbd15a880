package journal

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/event"
)

// fill gives every field of a value something that is not zero, so that a field that is added to an event and forgotten here is found.
func fill(v reflect.Value, n *int) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(moment.Add(time.Duration(*n) * time.Millisecond)))
		return
	}
	if v.Type() == reflect.TypeFor[json.RawMessage]() {
		v.SetBytes([]byte(`{"a":1}`))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("a kind of field that no event had: " + v.Kind().String())
	}
}

func TestEveryFieldOfAnEventIsKept(t *testing.T) {
	var e event.Event
	n := 0
	fill(reflect.ValueOf(&e).Elem(), &n)
	for _, e := range []event.Event{e, {}, sampleEvent()} {
		payload, err := encode(Record{Time: moment, Event: &Event{e}})
		if err != nil {
			t.Fatal(err)
		}
		if !isEvent(payload) {
			t.Errorf("not told as an event: %s", payload)
		}
		r, err := decode(payload, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, r.Event.Event); diff != "" {
			t.Error(diff)
		}
	}
}

func TestEveryFieldOfARecordIsKept(t *testing.T) {
	for i := range reflect.TypeFor[Record]().NumField() {
		var r Record
		n := 0
		v := reflect.ValueOf(&r).Elem().Field(i)
		if v.Type() == reflect.TypeFor[*Event]() {
			continue
		}
		fill(v, &n)
		payload, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(payload, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestLongTextsAreCut(t *testing.T) {
	long := strings.Repeat("ö", maxText)
	many := make([]string, 3*maxList)
	e := event.Event{Type: event.NodeLog, Text: long, Notes: many, Changes: make([]event.Change, 2*maxList)}
	e.Changes[0].After = long
	payload, err := encode(Record{Event: &Event{e}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := decode(payload, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := r.Event
	if len(got.Text) > maxText || !strings.HasSuffix(got.Text, "bytes cut)") || strings.ContainsRune(got.Text, '\ufffd') {
		t.Errorf("%d bytes, ends with %q", len(got.Text), got.Text[len(got.Text)-40:])
	}
	if len(got.Notes) != maxList+1 || got.Notes[maxList] != "... and 2000 more" || len(got.Changes) != maxList+1 || len(got.Changes[0].After) > maxText {
		t.Errorf("%d notes, %d changes", len(got.Notes), len(got.Changes))
	}
}

func TestWhatIsTooLarge(t *testing.T) {
	hosts := []string{strings.Repeat("x", maxPayload)}
	payload, err := encode(Record{Event: &Event{event.Event{Seq: 4, Type: event.RunStarted, Hosts: hosts}}})
	if err != nil || len(payload) > 1000 || !strings.Contains(string(payload), "too large") {
		t.Errorf("event: %d bytes, %v", len(payload), err)
	}
	outputs := json.RawMessage(`"` + strings.Repeat("x", maxOutputs) + `"`)
	payload, err = encode(Record{Outcome: &Outcome{Node: "n", Outcome: "ok", Outputs: outputs}})
	if err != nil || len(payload) > 1000 || !strings.Contains(string(payload), `"hidden":true`) {
		t.Errorf("outcome: %d bytes, %v", len(payload), err)
	}
	payload, err = encode(Record{Effect: &Effect{What: strings.Repeat("x", 1000)}})
	if err != nil || len(payload) > 400 {
		t.Errorf("effect: %d bytes, %v", len(payload), err)
	}
	s := store(t, osDisk{})
	if _, err := s.Create(Begin{Hosts: hosts}, Process{}); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("begin: %v", err)
	}
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(t.Context(), w.Append(Record{Process: &Process{Exclude: hosts}})); err == nil || w.Err() != nil {
		t.Errorf("process: %v; the journal: %v", err, w.Err())
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

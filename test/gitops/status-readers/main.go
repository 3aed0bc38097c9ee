// Command status-readers tells how GitOps tools read objects. It takes one object a line, as JSON, and answers with one line each:
//
//	{"kstatus":{"status":"Current","message":"…"},"argocd":{"status":"Healthy","message":"…"}}
//
// Usage: status-readers ARGOCD-CM.YAML <objects
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// reading is what one tool makes of an object.
type reading struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type readings struct {
	Kstatus reading `json:"kstatus"`
	Argocd  reading `json:"argocd"`
}

// longestLine is more than etcd stores of an object.
const longestLine = 4 << 20

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, objects io.Reader, answers io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("give the file with the ConfigMap of Argo CD, not %d arguments", len(args))
	}
	rules, err := readHealthRules(args[0])
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(objects)
	lines.Buffer(nil, longestLine)
	out := bufio.NewWriter(answers)
	for lines.Scan() {
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(lines.Bytes()); err != nil {
			return fmt.Errorf("parse %.200s: %w", lines.Bytes(), err)
		}
		answer, err := readAll(object, rules)
		if err != nil {
			return fmt.Errorf("read %s %s: %w", object.GetKind(), object.GetName(), err)
		}
		if err := json.NewEncoder(out).Encode(answer); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return out.Flush()
}

func readAll(object *unstructured.Unstructured, rules healthRules) (readings, error) {
	kstatus, err := readWithKstatus(object)
	if err != nil {
		return readings{}, err
	}
	argocd, err := rules.read(object)
	return readings{Kstatus: kstatus, Argocd: argocd}, err
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
	"sigs.k8s.io/yaml"
)

const (
	healthKeyPrefix = "resource.customizations.health."
	// ruleTimeout is how long Argo CD lets a rule run.
	ruleTimeout = time.Second
)

// healthRules has a script in Lua for each `group/Kind`.
type healthRules map[string]string

// readHealthRules takes the rules from a ConfigMap by the names that Argo CD gives their keys.
func readHealthRules(path string) (healthRules, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var config corev1.ConfigMap
	if err := yaml.UnmarshalStrict(text, &config); err != nil {
		return nil, fmt.Errorf("parse %s: %w", path, err)
	}
	rules := healthRules{}
	for key, script := range config.Data {
		groupKind, found := strings.CutPrefix(key, healthKeyPrefix)
		group, kind, apart := strings.Cut(groupKind, "_")
		if !found || !apart {
			return nil, fmt.Errorf("%s: the key %s is not one of a health rule", path, key)
		}
		rules[group+"/"+kind] = script
	}
	return rules, nil
}

// read runs the rule of the object's kind as Argo CD does: with the base and table libraries alone, and no string library.
func (rules healthRules) read(object *unstructured.Unstructured) (reading, error) {
	kind := object.GroupVersionKind()
	script, found := rules[kind.Group+"/"+kind.Kind]
	if !found {
		return reading{}, fmt.Errorf("there is no health rule for %s/%s", kind.Group, kind.Kind)
	}
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			return reading{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), ruleTimeout)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, object.Object))
	if err := state.DoString(script); err != nil {
		return reading{}, err
	}
	return parseHealth(state.Get(-1))
}

func parseHealth(value lua.LValue) (reading, error) {
	text, err := luajson.Encode(value)
	if err != nil {
		return reading{}, err
	}
	var health reading
	if err := json.Unmarshal(text, &health); err != nil {
		return reading{}, fmt.Errorf("the rule answered %s: %w", text, err)
	}
	switch health.Status {
	case "Healthy", "Progressing", "Degraded", "Suspended":
		return health, nil
	default:
		return reading{}, fmt.Errorf("the rule answered with the status %q", health.Status)
	}
}

// toLua makes a value of Lua out of one of an object.
func toLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		list := state.CreateTable(len(value), 0)
		for _, item := range value {
			list.Append(toLua(state, item))
		}
		return list
	case map[string]any:
		table := state.CreateTable(0, len(value))
		for name, item := range value {
			table.RawSetString(name, toLua(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}

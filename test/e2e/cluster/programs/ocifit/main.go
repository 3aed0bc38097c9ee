// Command ocifit stands before runc. Before a container or an exec starts, it takes out of
// the OCI process settings what this process may not grant: capabilities it lacks, an
// oom_score_adj below its own, and rlimits above its own hard limits. Then it becomes runc.
//
// A root without CAP_SYS_RESOURCE needs this: for a --privileged container, Docker asks runc
// for every capability the kernel knows, and runc then fails with "unable to apply caps".
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

var capNames = strings.Fields(`CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID
SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE
SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME
SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM
BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`)

// rlimit numbers on Linux amd64 and arm64.
var rlimits = map[string]int{"CPU": 0, "FSIZE": 1, "DATA": 2, "STACK": 3, "CORE": 4, "RSS": 5, "NPROC": 6,
	"NOFILE": 7, "MEMLOCK": 8, "AS": 9, "LOCKS": 10, "SIGPENDING": 11, "MSGQUEUE": 12, "NICE": 13, "RTPRIO": 14, "RTTIME": 15}

func main() {
	runc, err := exec.LookPath("runc")
	if err == nil {
		err = fit(os.Args[1:])
	}
	if err == nil {
		err = syscall.Exec(runc, append([]string{runc}, os.Args[1:]...), os.Environ())
	}
	fmt.Fprintln(os.Stderr, "ocifit:", err)
	os.Exit(1)
}

// fit finds the file the command will read, and rewrites it.
func fit(args []string) error {
	var verb, bundle, process string
	for i, a := range args {
		value := func(names ...string) (string, bool) {
			for _, n := range names {
				if a == n && i+1 < len(args) {
					return args[i+1], true
				}
				if v, ok := strings.CutPrefix(a, n+"="); ok {
					return v, true
				}
			}
			return "", false
		}
		switch {
		case verb == "" && (a == "create" || a == "run" || a == "restore" || a == "exec"):
			verb = a
		case verb == "":
		default:
			if v, ok := value("--bundle", "-b"); ok {
				bundle = v
			}
			if v, ok := value("--process", "-p"); ok {
				process = v
			}
		}
	}
	switch {
	case verb == "exec" && process != "":
		return edit(process, func(doc map[string]any) { fitProcess(doc) })
	case verb == "create" || verb == "run" || verb == "restore":
		return edit(filepath.Join(bundle, "config.json"), func(doc map[string]any) {
			if p, ok := doc["process"].(map[string]any); ok {
				fitProcess(p)
			}
		})
	}
	return nil
}

func edit(path string, change func(map[string]any)) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // rlimits need all 64 bits
	doc := map[string]any{}
	if err := dec.Decode(&doc); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	change(doc)
	out, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return os.WriteFile(path, out, 0o600)
}

func fitProcess(p map[string]any) {
	if sets, ok := p["capabilities"].(map[string]any); ok {
		mine := permitted()
		for k, v := range sets {
			list, _ := v.([]any)
			kept := []any{}
			for _, c := range list {
				if name, _ := c.(string); mine[name] {
					kept = append(kept, name)
				}
			}
			sets[k] = kept
		}
	}
	if v, ok := p["oomScoreAdj"].(json.Number); ok {
		if n, err := v.Int64(); err == nil {
			if own := ownOOM(); n < own {
				p["oomScoreAdj"] = own
			}
		}
	}
	if list, ok := p["rlimits"].([]any); ok {
		for _, e := range list {
			m, _ := e.(map[string]any)
			name, _ := m["type"].(string)
			num, known := rlimits[strings.TrimPrefix(name, "RLIMIT_")]
			var own syscall.Rlimit
			if !known || syscall.Getrlimit(num, &own) != nil {
				continue
			}
			for _, k := range []string{"hard", "soft"} {
				if n, ok := m[k].(json.Number); ok {
					if u, err := strconv.ParseUint(n.String(), 10, 64); err == nil && u > own.Max {
						m[k] = own.Max
					}
				}
			}
		}
	}
}

func permitted() map[string]bool {
	have := map[string]bool{}
	raw, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(raw), "\n") {
		if v, ok := strings.CutPrefix(line, "CapPrm:"); ok {
			set, _ := strconv.ParseUint(strings.TrimSpace(v), 16, 64)
			for set != 0 {
				i := bits.TrailingZeros64(set)
				set &^= 1 << i
				if i < len(capNames) {
					have["CAP_"+capNames[i]] = true
				}
			}
		}
	}
	return have
}

func ownOOM() int64 {
	raw, _ := os.ReadFile("/proc/self/oom_score_adj")
	n, _ := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	return n
}

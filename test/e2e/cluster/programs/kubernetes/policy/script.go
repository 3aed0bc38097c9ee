package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Script is what nft is fed to enforce this and nothing else: it replaces the whole table at once, so no packet passes
// in between.
//
// Who isn't isolated isn't in it. Packets that answer, and errors about what passed, may pass. All others are judged, also
// those of connections that are older than the policy. A packet is judged where it is forwarded, with the addresses of the
// pods in it: after a Service's address was replaced and before a sender's is. What a pod sends to its own node is
// judged on its way in; what a node sends to its pods is never judged, so kubelets can probe them.
func Script(isolations []Isolation) string {
	var text strings.Builder
	text.WriteString("table ip netpolicy\ndelete table ip netpolicy\n")
	if len(isolations) == 0 {
		return text.String()
	}
	text.WriteString("table ip netpolicy {\n")
	var itself, senders, receivers []string
	for _, pod := range isolations {
		itself = append(itself, pod.Address+" . "+pod.Address)
		if pod.Egress != nil {
			senders = append(senders, pod.Address+" : jump egress-"+pod.Address)
			writeChain(&text, "egress-"+pod.Address, "daddr", *pod.Egress)
		}
		if pod.Ingress != nil {
			receivers = append(receivers, pod.Address+" : jump ingress-"+pod.Address)
			writeChain(&text, "ingress-"+pod.Address, "saddr", *pod.Ingress)
		}
	}
	judged := append(verdicts("saddr", senders), verdicts("daddr", receivers)...)
	toItself := "ip saddr . ip daddr { " + strings.Join(itself, ", ") + " } accept"
	writeHook(&text, "forward", append([]string{toItself}, judged...))
	writeHook(&text, "input", verdicts("saddr", senders))
	text.WriteString("}\n")
	return text.String()
}

func verdicts(end string, chains []string) []string {
	if len(chains) == 0 {
		return nil
	}
	return []string{"ip " + end + " vmap { " + strings.Join(chains, ", ") + " }"}
}

func writeHook(text *strings.Builder, hook string, rules []string) {
	fmt.Fprintf(text, "\tchain %[1]s {\n\t\ttype filter hook %[1]s priority filter; policy accept;\n", hook)
	text.WriteString("\t\tct state related accept\n\t\tct direction reply ct state established accept\n")
	for _, rule := range rules {
		fmt.Fprintf(text, "\t\t%s\n", rule)
	}
	text.WriteString("\t}\n")
}

func writeChain(text *strings.Builder, name, end string, allowed []Allowance) {
	fmt.Fprintf(text, "\tchain %s {\n", name)
	written := []string{}
	for _, allowance := range allowed {
		rule := strings.Join(append(append(peerMatches(end, allowance.Peers), portMatches(allowance.Ports)...), "return"), " ")
		if !slices.Contains(written, rule) {
			written = append(written, rule)
			fmt.Fprintf(text, "\t\t%s\n", rule)
		}
	}
	text.WriteString("\t\tdrop\n\t}\n")
}

func peerMatches(end string, peers Peers) []string {
	matches := []string{}
	if len(peers.Pods) > 0 {
		matches = append(matches, fmt.Sprintf("ip %s { %s }", end, strings.Join(peers.Pods, ", ")))
	}
	if peers.Range != "" {
		matches = append(matches, fmt.Sprintf("ip %s %s", end, peers.Range))
	}
	for _, hole := range peers.Holes {
		matches = append(matches, fmt.Sprintf("ip %s != %s", end, hole))
	}
	return matches
}

func portMatches(ports Ports) []string {
	protocol := strings.ToLower(string(ports.Protocol))
	switch {
	case protocol == "":
		return nil
	case ports.First == 0:
		return []string{"ip protocol " + protocol}
	case ports.First == ports.Last:
		return []string{fmt.Sprintf("%s dport %d", protocol, ports.First)}
	default:
		return []string{fmt.Sprintf("%s dport %d-%d", protocol, ports.First, ports.Last)}
	}
}

package policy

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// Namespace a has web and client, b has a pod that is also called web. Node n1 has both webs, n2 the client.
const (
	web    = "10.0.1.1"
	bWeb   = "10.0.1.2"
	client = "10.0.2.1"
)

func sampleCluster(policies ...string) Cluster {
	cluster := Cluster{
		Namespaces: []*corev1.Namespace{namespace("a", "red"), namespace("b", "blue")},
		Pods: []*corev1.Pod{
			pod("b", "web", "n1", bWeb, http(8081)), pod("a", "client", "n2", client), pod("a", "web", "n1", web, http(8080)),
		},
	}
	for _, text := range policies {
		var found networkingv1.NetworkPolicy
		if err := yaml.UnmarshalStrict([]byte(text), &found); err != nil {
			panic(err)
		}
		cluster.Policies = append(cluster.Policies, &found)
	}
	return cluster
}

func namespace(name, team string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": team}}}
}

func pod(namespace, name, node, address string, changes ...func(*corev1.Pod)) *corev1.Pod {
	made := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}},
		Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{}}},
		Status:     corev1.PodStatus{PodIP: address},
	}
	for _, change := range changes {
		change(made)
	}
	return made
}

func http(port int32) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: port, Protocol: corev1.ProtocolTCP}}
	}
}

func policyOf(spec string) string {
	return "metadata: {name: p, namespace: a}\nspec: " + spec
}

// chainsOf reads the rules of each chain from a script.
func chainsOf(script string) map[string][]string {
	chains := map[string][]string{}
	for _, found := range regexp.MustCompile(`(?s)chain (\S+) \{\n(.*?)\n\t\}`).FindAllStringSubmatch(script, -1) {
		for _, line := range strings.Split(found[2], "\n") {
			chains[found[1]] = append(chains[found[1]], strings.TrimSpace(line))
		}
	}
	return chains
}

func expectChains(t *testing.T, cluster Cluster, node string, want map[string][]string) {
	t.Helper()
	chains := chainsOf(Script(Isolations(node, cluster)))
	delete(chains, "forward")
	delete(chains, "input")
	if len(chains) != len(want) {
		t.Errorf("chains are %v, want %v", chains, want)
	}
	for name, rules := range want {
		if !slices.Equal(chains[name], rules) {
			t.Errorf("%s is\n\t%s\nwant\n\t%s", name, strings.Join(chains[name], "\n\t"), strings.Join(rules, "\n\t"))
		}
	}
}

func TestRulesOfOnePolicy(t *testing.T) {
	for title, c := range map[string]struct {
		spec string
		want map[string][]string
	}{
		"a policy that lets nobody in drops all that comes, and says nothing of what leaves": {
			`{podSelector: {}, policyTypes: [Ingress]}`,
			map[string][]string{"ingress-" + web: {"drop"}},
		},
		"an empty rule lets everybody in": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}`,
			map[string][]string{"ingress-" + web: {"return", "drop"}},
		},
		"a pod selector alone means pods of the policy's own namespace": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}`,
			map[string][]string{"ingress-" + web: {"ip saddr { 10.0.1.1, 10.0.2.1 } return", "drop"}},
		},
		"a namespace selector alone means all pods of those namespaces": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}]}]}`,
			map[string][]string{"ingress-" + web: {"ip saddr { 10.0.1.2 } return", "drop"}},
		},
		"both selectors in one peer must fit": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [
			  {namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {app: client}}}]}]}`,
			map[string][]string{"ingress-" + web: {"drop"}},
		},
		"two peers are two ways in": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [
			  {namespaceSelector: {matchLabels: {team: blue}}}, {podSelector: {matchLabels: {app: client}}}]}]}`,
			map[string][]string{"ingress-" + web: {"ip saddr { 10.0.1.2, 10.0.2.1 } return", "drop"}},
		},
		"expressions select as labels do": {
			`{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}, policyTypes: [Ingress]}`,
			map[string][]string{},
		},
		"a range of addresses has holes, and IPv6 is left out": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [
			  {ipBlock: {cidr: 10.0.0.7/8, except: [10.1.0.0/16, 10.2.0.0/16]}}, {ipBlock: {cidr: "fd00::/8"}}]}]}`,
			map[string][]string{"ingress-" + web: {
				"ip saddr 10.0.0.0/8 ip saddr != 10.1.0.0/16 ip saddr != 10.2.0.0/16 return", "drop",
			}},
		},
		"ports have numbers, ends, protocols, or none of these": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [
			  {port: 80}, {port: 8000, endPort: 8080}, {port: 53, protocol: UDP}, {protocol: SCTP}]}]}`,
			map[string][]string{"ingress-" + web: {
				"tcp dport 80 return", "tcp dport 8000-8080 return", "udp dport 53 return", "ip protocol sctp return", "drop",
			}},
		},
		"the name of a port is what the isolated pod says it is": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: http}, {port: http, protocol: UDP}]}]}`,
			map[string][]string{"ingress-" + web: {"tcp dport 8080 return", "drop"}},
		},
		"of what leaves, the name of a port is what each peer says it is": {
			`{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: http}]}]}`,
			map[string][]string{"egress-" + web: {
				"ip daddr { 10.0.1.1 } tcp dport 8080 return", "ip daddr { 10.0.1.2 } tcp dport 8081 return", "drop",
			}},
		},
		"both directions are judged apart": {
			`{podSelector: {}, policyTypes: [Ingress, Egress], egress: [{ports: [{port: 53, protocol: UDP}]}]}`,
			map[string][]string{"ingress-" + web: {"drop"}, "egress-" + web: {"udp dport 53 return", "drop"}},
		},
		"rules of a direction that the policy isn't for count for nothing": {
			`{podSelector: {}, policyTypes: [Egress], ingress: [{}]}`,
			map[string][]string{"egress-" + web: {"drop"}},
		},
	} {
		t.Run(title, func(t *testing.T) { expectChains(t, sampleCluster(policyOf(c.spec)), "n1", c.want) })
	}
}

func TestPoliciesAddUp(t *testing.T) {
	cluster := sampleCluster(
		policyOf(`{podSelector: {}, policyTypes: [Ingress]}`),
		policyOf(`{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]}`),
		policyOf(`{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}, {ports: [{port: 81}]}]}`),
	)
	expectChains(t, cluster, "n1", map[string][]string{
		"ingress-" + web: {"tcp dport 80 return", "tcp dport 81 return", "drop"},
	})
}

func TestNodeEnforcesForItsOwnPods(t *testing.T) {
	cluster := sampleCluster(policyOf(`{podSelector: {}, policyTypes: [Ingress]}`))
	expectChains(t, cluster, "n2", map[string][]string{"ingress-" + client: {"drop"}})
	expectChains(t, cluster, "n3", map[string][]string{})
}

func TestWhoIsNoPodOfTheNetwork(t *testing.T) {
	everybody := policyOf(`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}`)
	cluster := sampleCluster(everybody)
	cluster.Pods = []*corev1.Pod{
		pod("a", "leaving", "n1", "10.0.1.3", func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }),
		pod("a", "host", "n1", "10.0.1.4", func(p *corev1.Pod) { p.Spec.HostNetwork = true }),
		pod("a", "done", "n1", "10.0.1.5", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }),
		pod("a", "fresh", "n1", ""),
		pod("a", "six", "n1", "fd00::1"),
	}
	// A pod that leaves has its network until its processes have ended.
	expectChains(t, cluster, "n1", map[string][]string{"ingress-10.0.1.3": {"ip saddr { 10.0.1.3 } return", "drop"}})
	// If its address is given anew before it is gone, the new pod has it.
	cluster.Pods = append(cluster.Pods, pod("b", "heir", "n1", "10.0.1.3"))
	expectChains(t, cluster, "n1", map[string][]string{})
	slices.Reverse(cluster.Pods)
	expectChains(t, cluster, "n1", map[string][]string{})
}

func TestScript(t *testing.T) {
	if got, want := Script(nil), "table ip netpolicy\ndelete table ip netpolicy\n"; got != want {
		t.Errorf("without policies the script is %q, want %q", got, want)
	}
	got := Script([]Isolation{{Address: web, Ingress: &[]Allowance{}, Egress: &[]Allowance{}}, {Address: bWeb, Ingress: &[]Allowance{}}})
	chains := chainsOf(got)
	replies := []string{"ct state related accept", "ct direction reply ct state established accept"}
	want := map[string][]string{
		"forward": slices.Concat([]string{"type filter hook forward priority filter; policy accept;"}, replies, []string{
			"ip saddr . ip daddr { 10.0.1.1 . 10.0.1.1, 10.0.1.2 . 10.0.1.2 } accept",
			"ip saddr vmap { 10.0.1.1 : jump egress-10.0.1.1 }",
			"ip daddr vmap { 10.0.1.1 : jump ingress-10.0.1.1, 10.0.1.2 : jump ingress-10.0.1.2 }",
		}),
		"input": slices.Concat([]string{"type filter hook input priority filter; policy accept;"}, replies,
			[]string{"ip saddr vmap { 10.0.1.1 : jump egress-10.0.1.1 }"}),
	}
	for name, rules := range want {
		if !slices.Equal(chains[name], rules) {
			t.Errorf("%s is\n\t%s", name, strings.Join(chains[name], "\n\t"))
		}
	}
}

// Package policy turns NetworkPolicies into the packet filter of one node. It decides only: what it is given is not
// changed, and nothing is run.
package policy

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Cluster is what the API server tells, in any order.
type Cluster struct {
	Namespaces []*corev1.Namespace
	Pods       []*corev1.Pod
	Policies   []*networkingv1.NetworkPolicy
}

// Isolation is what a pod may take part in. Nil rules mean that no policy speaks of that direction: all may pass. Rules
// without an entry let nothing pass.
type Isolation struct {
	Address         string
	Ingress, Egress *[]Allowance
}

// Isolations lists the pods of a node that a policy selects, by address. Pods of the host's network are not
// isolated, and count as no pod when another policy names its peers.
func Isolations(node string, cluster Cluster) []Isolation {
	view := viewOf(cluster)
	isolated := []Isolation{}
	for _, pod := range view.pods {
		if pod.Spec.NodeName != node {
			continue
		}
		found := Isolation{Address: addressOf(pod)}
		for _, policy := range view.policies {
			if policy.Namespace != pod.Namespace || !selects(&policy.Spec.PodSelector, pod.Labels) {
				continue
			}
			if slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) {
				found.Ingress = joined(found.Ingress, view.ingress(policy, pod))
			}
			if slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) {
				found.Egress = joined(found.Egress, view.egress(policy))
			}
		}
		if found.Ingress != nil || found.Egress != nil {
			isolated = append(isolated, found)
		}
	}
	return isolated
}

func joined(rules *[]Allowance, more []Allowance) *[]Allowance {
	if rules == nil {
		return &more
	}
	all := slices.Concat(*rules, more)
	return &all
}

// view is a Cluster in a fixed order, with no more than what can be an end of a connection.
type view struct {
	namespaces map[string]labels.Set
	pods       []*corev1.Pod
	policies   []*networkingv1.NetworkPolicy
}

func viewOf(cluster Cluster) view {
	namespaces := map[string]labels.Set{}
	for _, namespace := range cluster.Namespaces {
		namespaces[namespace.Name] = namespace.Labels
	}
	holders := map[string]*corev1.Pod{}
	for _, pod := range cluster.Pods {
		address := addressOf(pod)
		if pod.Spec.HostNetwork || address == "" || isOver(pod) {
			continue
		}
		// An address may be given anew while its last pod is still listed as leaving.
		if other := holders[address]; other == nil || other.DeletionTimestamp != nil {
			holders[address] = pod
		}
	}
	pods := make([]*corev1.Pod, 0, len(holders))
	for _, pod := range holders {
		pods = append(pods, pod)
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int { return compareAddresses(addressOf(a), addressOf(b)) })
	policies := slices.Clone(cluster.Policies)
	slices.SortFunc(policies, func(a, b *networkingv1.NetworkPolicy) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	return view{namespaces, pods, policies}
}

// isOver says whether a pod has given its address back. One that is only leaving still uses it.
func isOver(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// addressOf is the IPv4 address of a pod, or "".
func addressOf(pod *corev1.Pod) string {
	for _, at := range append([]corev1.PodIP{{IP: pod.Status.PodIP}}, pod.Status.PodIPs...) {
		if ip, err := netip.ParseAddr(at.IP); err == nil && ip.Is4() {
			return at.IP
		}
	}
	return ""
}

func compareAddresses(a, b string) int {
	return netip.MustParseAddr(a).Compare(netip.MustParseAddr(b))
}

// selects is false for a selector that the API server would not have let in.
func selects(selector *metav1.LabelSelector, set labels.Set) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(set)
}

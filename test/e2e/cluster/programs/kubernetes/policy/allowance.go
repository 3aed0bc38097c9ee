package policy

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Allowance lets connections pass whose other end is one of Peers and whose port is within Ports.
type Allowance struct {
	Peers Peers
	Ports Ports
}

// Peers are pods by their addresses, or a range of addresses with holes, or, as the zero value, everybody.
type Peers struct {
	Pods  []string
	Range string
	Holes []string
}

// Ports are those from First to Last, all of a protocol if First is 0, and all there are as the zero value.
type Ports struct {
	Protocol    corev1.Protocol
	First, Last int32
}

func (v view) ingress(policy *networkingv1.NetworkPolicy, pod *corev1.Pod) []Allowance {
	allowed := []Allowance{}
	for _, rule := range policy.Spec.Ingress {
		for _, peers := range v.peers(policy.Namespace, rule.From) {
			for _, ports := range portsAt(pod, rule.Ports) {
				allowed = append(allowed, Allowance{peers.Peers, ports})
			}
		}
	}
	return allowed
}

func (v view) egress(policy *networkingv1.NetworkPolicy) []Allowance {
	allowed := []Allowance{}
	for _, rule := range policy.Spec.Egress {
		numbered, named := splitByName(rule.Ports)
		for _, peers := range v.peers(policy.Namespace, rule.To) {
			if len(numbered) > 0 || len(named) == 0 {
				for _, ports := range portsAt(nil, numbered) {
					allowed = append(allowed, Allowance{peers.Peers, ports})
				}
			}
			if len(named) > 0 {
				allowed = append(allowed, atNamedPorts(peers.pods, named)...)
			}
		}
	}
	return allowed
}

// atNamedPorts asks each pod what a name stands for. An address that is no pod's has no names.
func atNamedPorts(pods []*corev1.Pod, named []networkingv1.NetworkPolicyPort) []Allowance {
	allowed := []Allowance{}
	for _, pod := range pods {
		for _, ports := range portsAt(pod, named) {
			allowed = append(allowed, Allowance{Peers{Pods: []string{addressOf(pod)}}, ports})
		}
	}
	return allowed
}

// foundPeers is one way to be a peer, with the pods behind the addresses.
type foundPeers struct {
	Peers
	pods []*corev1.Pod
}

// peers finds who is meant. An empty list means everybody; a selector that nobody fits gives no entry.
func (v view) peers(namespace string, listed []networkingv1.NetworkPolicyPeer) []foundPeers {
	if len(listed) == 0 {
		return []foundPeers{{pods: v.pods}}
	}
	found := []foundPeers{}
	chosen := foundPeers{}
	for _, pod := range v.pods {
		if slices.ContainsFunc(listed, func(peer networkingv1.NetworkPolicyPeer) bool { return v.isMeant(pod, namespace, peer) }) {
			chosen.pods = append(chosen.pods, pod)
			chosen.Pods = append(chosen.Pods, addressOf(pod))
		}
	}
	if len(chosen.pods) > 0 {
		found = append(found, chosen)
	}
	for _, peer := range listed {
		if peer.IPBlock == nil {
			continue
		}
		if ranges := rangesIPv4(peer.IPBlock.CIDR); len(ranges) == 1 {
			found = append(found, foundPeers{Peers: Peers{Range: ranges[0], Holes: rangesIPv4(peer.IPBlock.Except...)}})
		}
	}
	return found
}

func (v view) isMeant(pod *corev1.Pod, namespace string, peer networkingv1.NetworkPolicyPeer) bool {
	if peer.IPBlock != nil {
		return false
	}
	if peer.NamespaceSelector == nil && pod.Namespace != namespace {
		return false
	}
	if peer.NamespaceSelector != nil && !selects(peer.NamespaceSelector, v.namespaces[pod.Namespace]) {
		return false
	}
	return peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels)
}

func splitByName(ports []networkingv1.NetworkPolicyPort) (numbered, named []networkingv1.NetworkPolicyPort) {
	for _, port := range ports {
		if port.Port != nil && port.Port.Type == intstr.String {
			named = append(named, port)
		} else {
			numbered = append(numbered, port)
		}
	}
	return numbered, named
}

// portsAt gives numbers to ports; names are looked up in the pod. An empty list means all ports.
func portsAt(pod *corev1.Pod, listed []networkingv1.NetworkPolicyPort) []Ports {
	if len(listed) == 0 {
		return []Ports{{}}
	}
	found := []Ports{}
	for _, port := range listed {
		protocol := corev1.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		switch {
		case port.Port == nil:
			found = append(found, Ports{Protocol: protocol})
		case port.Port.Type == intstr.String:
			for _, number := range numbersOf(pod, port.Port.StrVal, protocol) {
				found = append(found, Ports{protocol, number, number})
			}
		case port.EndPort != nil:
			found = append(found, Ports{protocol, port.Port.IntVal, *port.EndPort})
		default:
			found = append(found, Ports{protocol, port.Port.IntVal, port.Port.IntVal})
		}
	}
	return found
}

func numbersOf(pod *corev1.Pod, name string, protocol corev1.Protocol) []int32 {
	numbers := []int32{}
	for _, container := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
		for _, port := range container.Ports {
			if port.Name == name && port.Protocol == protocol {
				numbers = append(numbers, port.ContainerPort)
			}
		}
	}
	return numbers
}

func rangesIPv4(listed ...string) []string {
	found := []string{}
	for _, cidr := range listed {
		if prefix, err := netip.ParsePrefix(cidr); err == nil && prefix.Addr().Is4() {
			found = append(found, prefix.Masked().String())
		}
	}
	return found
}

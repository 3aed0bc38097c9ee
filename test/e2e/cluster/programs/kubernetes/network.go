package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/vishvananda/netlink"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
)

// runNetworkAgent is the node's pod network: it writes the CNI configuration for this node's pod
// range, keeps one route to the pod range of every other node, and masquerades what pods send out of
// the cluster. Traffic between pods keeps its source address. It enforces NetworkPolicies, and does so before the first pod
// of the node gets an address. It needs nodes that reach each other directly (one Docker network), and does IPv4 only.
func runNetworkAgent() error {
	node, podSubnet := os.Getenv("NODE_NAME"), os.Getenv("POD_SUBNET")
	if node == "" || podSubnet == "" {
		return fmt.Errorf("NODE_NAME and POD_SUBNET must be set")
	}
	client, err := inClusterClient()
	if err != nil {
		return err
	}
	if err := startPolicyAgent(client, node); err != nil {
		return err
	}
	agent := networkAgent{node: node, podSubnet: podSubnet}
	for ; ; time.Sleep(2 * time.Second) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		list, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{ResourceVersion: "0"})
		cancel()
		if err == nil {
			err = agent.sync(list.Items)
		}
		if err != nil {
			klog.ErrorS(err, "Will try again")
		}
	}
}

// networkAgent remembers what it has set up, so that a quiet cluster costs one request and no command.
type networkAgent struct {
	node, podSubnet string
	configuredRange string
	masquerades     bool
}

func (a *networkAgent) sync(nodes []corev1.Node) error {
	want := map[string]string{} // pod range -> address of its node
	own := ""
	for _, n := range nodes {
		if n.Spec.PodCIDR == "" {
			continue
		}
		if n.Name == a.node {
			own = n.Spec.PodCIDR
			continue
		}
		for _, at := range n.Status.Addresses {
			if ip := net.ParseIP(at.Address); at.Type == corev1.NodeInternalIP && ip != nil && ip.To4() != nil {
				want[n.Spec.PodCIDR] = at.Address
				break
			}
		}
	}
	if own == "" {
		return fmt.Errorf("node %s has no podCIDR yet", a.node)
	}
	if err := syncRoutes(want); err != nil {
		return err
	}
	if !a.masquerades {
		if err := masquerade(a.podSubnet); err != nil {
			return err
		}
		a.masquerades = true
	}
	if a.configuredRange != own {
		if err := writeCNI(own); err != nil {
			return err
		}
		a.configuredRange = own
		klog.InfoS("Pod network is ready", "podCIDR", own, "podSubnet", a.podSubnet)
	}
	return nil
}

// routeProtocol marks the routes that belong to this program.
const routeProtocol = 90

func syncRoutes(want map[string]string) error {
	have, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Protocol: routeProtocol}, netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return err
	}
	for _, r := range have {
		if r.Dst == nil || want[r.Dst.String()] == r.Gw.String() {
			continue
		}
		if err := netlink.RouteDel(&r); err != nil {
			return fmt.Errorf("remove route %v: %w", r, err)
		}
	}
	for cidr, gw := range want {
		_, dst, err := net.ParseCIDR(cidr)
		if err != nil {
			return err
		}
		r := &netlink.Route{Dst: dst, Gw: net.ParseIP(gw), Protocol: routeProtocol}
		if err := netlink.RouteReplace(r); err != nil {
			return fmt.Errorf("route %s via %s: %w", cidr, gw, err)
		}
	}
	return nil
}

func masquerade(podSubnet string) error {
	rules := fmt.Sprintf(`
table ip podnet
delete table ip podnet
table ip podnet {
	chain postrouting {
		type nat hook postrouting priority srcnat + 5; policy accept;
		ip saddr %[1]s ip daddr != %[1]s fib daddr type != local masquerade
	}
}
`, podSubnet)
	return runNft(rules)
}

const cniDir = "/etc/cni/net.d"

func writeCNI(podCIDR string) error {
	mtu, err := defaultMTU()
	if err != nil {
		return err
	}
	conf := map[string]any{
		"cniVersion": "0.4.0",
		"name":       "podnet",
		"plugins": []any{
			map[string]any{
				"type": "ptp", "ipMasq": false, "mtu": mtu,
				"ipam": map[string]any{
					"type": "host-local", "dataDir": "/run/cni-ipam-state",
					"routes": []any{map[string]any{"dst": "0.0.0.0/0"}},
					"ranges": []any{[]any{map[string]any{"subnet": podCIDR}}},
				},
			},
			map[string]any{"type": "portmap", "capabilities": map[string]any{"portMappings": true}},
		},
	}
	raw, err := json.MarshalIndent(conf, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(cniDir, "10-podnet.conflist")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, raw) {
		return nil
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, raw, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func defaultMTU() (int, error) {
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		return 0, err
	}
	for _, r := range routes {
		if r.Dst == nil || r.Dst.IP.IsUnspecified() {
			link, err := netlink.LinkByIndex(r.LinkIndex)
			if err != nil {
				return 0, err
			}
			return link.Attrs().MTU, nil
		}
	}
	return 1500, nil
}

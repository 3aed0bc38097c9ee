package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"mdk.io/cluster/kubernetes/policy"
)

const (
	// Changes that come together are compiled together.
	policyBurst = 20 * time.Millisecond
	policyRetry = time.Second
)

// policyAgent keeps the packet filter of a node as the NetworkPolicies, pods and namespaces of the cluster want it.
type policyAgent struct {
	node       string
	namespaces cache.Store
	pods       cache.Store
	policies   cache.Store
	changed    chan struct{}
	enforced   string
}

// startPolicyAgent returns once this node enforces what there is. From then on it follows: a change is in force some tens
// of milliseconds after the API server tells it, a new pod about a second after its start, when its kubelet tells
// its address.
func startPolicyAgent(client *kubernetes.Clientset, node string) error {
	// What the agent doesn't look at isn't kept.
	trimmed := informers.WithTransform(func(obj any) (any, error) {
		if object, ok := obj.(metav1.Object); ok {
			object.SetManagedFields(nil)
			object.SetAnnotations(nil)
		}
		return obj, nil
	})
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, trimmed)
	namespaces := factory.Core().V1().Namespaces().Informer()
	pods := factory.Core().V1().Pods().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	agent := policyAgent{
		node: node, namespaces: namespaces.GetStore(), pods: pods.GetStore(), policies: policies.GetStore(),
		changed: make(chan struct{}, 1),
	}
	for _, informer := range []cache.SharedIndexInformer{namespaces, pods, policies} {
		if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { agent.note() },
			UpdateFunc: func(any, any) { agent.note() },
			DeleteFunc: func(any) { agent.note() },
		}); err != nil {
			return err
		}
	}
	forever := context.Background().Done()
	factory.Start(forever)
	factory.WaitForCacheSync(forever)
	for {
		if err := agent.enforce(); err == nil {
			break
		} else {
			klog.ErrorS(err, "Will try again")
			time.Sleep(policyRetry)
		}
	}
	klog.InfoS("NetworkPolicies are enforced")
	go agent.follow()
	return nil
}

func (a *policyAgent) note() {
	select {
	case a.changed <- struct{}{}:
	default: // one is waiting already
	}
}

func (a *policyAgent) follow() {
	for range a.changed {
		time.Sleep(policyBurst)
		if err := a.enforce(); err != nil {
			klog.ErrorS(err, "Will try again")
			time.Sleep(policyRetry)
			a.note()
		}
	}
}

// enforce runs nft only if that would change something.
func (a *policyAgent) enforce() error {
	script := policy.Script(policy.Isolations(a.node, policy.Cluster{
		Namespaces: listOf[*corev1.Namespace](a.namespaces),
		Pods:       listOf[*corev1.Pod](a.pods),
		Policies:   listOf[*networkingv1.NetworkPolicy](a.policies),
	}))
	if script == a.enforced {
		return nil
	}
	if err := runNft(script); err != nil {
		return err
	}
	a.enforced = script
	return nil
}

func listOf[T any](store cache.Store) []T {
	found := []T{}
	for _, obj := range store.List() {
		if object, ok := obj.(T); ok {
			found = append(found, object)
		}
	}
	return found
}

// runNft applies a script as one transaction: all of it, or nothing.
func runNft(script string) error {
	cmd := exec.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, out)
	}
	return nil
}

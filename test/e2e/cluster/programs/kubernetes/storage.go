package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
)

const (
	storageProvisioner    = "mdk.io/node-directory"
	provisionedBy         = "pv.kubernetes.io/provisioned-by"
	claimProvisioner      = "volume.kubernetes.io/storage-provisioner"
	claimNode             = "volume.kubernetes.io/selected-node"
	hostnameLabel         = "kubernetes.io/hostname"
	volumesRoot           = "/var/lib/node-directory"
	volumePrefix          = "pvc-"
	storageRequestTimeout = 10 * time.Second
)

// runStorageAgent provisions the claims whose first pod was scheduled to this node: a directory of
// the node for each, and a PersistentVolume that names it. It removes both when the claim is gone.
// It reaches the node's directory through a hostPath volume at the same path.
func runStorageAgent() error {
	node := os.Getenv("NODE_NAME")
	if node == "" {
		return fmt.Errorf("NODE_NAME must be set")
	}
	client, err := inClusterClient()
	if err != nil {
		return err
	}
	agent := storageAgent{node: node, client: client}
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[string](
		100*time.Millisecond, 10*time.Second))
	factory := informers.NewSharedInformerFactory(client, 10*time.Minute)
	claims := factory.Core().V1().PersistentVolumeClaims().Informer()
	volumes := factory.Core().V1().PersistentVolumes().Informer()
	enqueue := func(kind string) cache.ResourceEventHandlerFuncs {
		add := func(obj any) {
			if key, err := cache.MetaNamespaceKeyFunc(obj); err == nil {
				queue.Add(kind + ":" + key)
			}
		}
		return cache.ResourceEventHandlerFuncs{AddFunc: add, UpdateFunc: func(_, obj any) { add(obj) }}
	}
	if _, err := claims.AddEventHandler(enqueue("claim")); err != nil {
		return err
	}
	if _, err := volumes.AddEventHandler(enqueue("volume")); err != nil {
		return err
	}
	factory.Start(context.Background().Done())
	for {
		key, _ := queue.Get()
		if err := agent.sync(key, claims.GetStore(), volumes.GetStore()); err != nil {
			klog.ErrorS(err, "Will try again", "key", key)
			queue.AddRateLimited(key)
		} else {
			queue.Forget(key)
		}
		queue.Done(key)
	}
}

type storageAgent struct {
	node   string
	client *kubernetes.Clientset
}

// sync takes "claim:NAMESPACE/NAME" or "volume:NAME". What is no longer in the store needs nothing.
func (a *storageAgent) sync(key string, claims, volumes cache.Store) error {
	ctx, cancel := context.WithTimeout(context.Background(), storageRequestTimeout)
	defer cancel()
	for _, store := range []struct {
		prefix string
		cache.Store
	}{{"claim:", claims}, {"volume:", volumes}} {
		if len(key) <= len(store.prefix) || key[:len(store.prefix)] != store.prefix {
			continue
		}
		obj, found, err := store.GetByKey(key[len(store.prefix):])
		if err != nil || !found {
			return err
		}
		switch obj := obj.(type) {
		case *corev1.PersistentVolumeClaim:
			return a.provision(ctx, obj)
		case *corev1.PersistentVolume:
			return a.reclaim(ctx, obj)
		}
	}
	return nil
}

func (a *storageAgent) provision(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	ours := claim.Annotations[claimProvisioner] == storageProvisioner && claim.Annotations[claimNode] == a.node
	if !ours || claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil || claim.Spec.StorageClassName == nil {
		return nil
	}
	name := volumePrefix + string(claim.UID)
	path := filepath.Join(volumesRoot, name)
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o777); err != nil { // whatever the umask is: any user of any pod may write
		return err
	}
	_, err := a.client.CoreV1().PersistentVolumes().Create(ctx, a.volume(name, path, claim), metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	klog.InfoS("Provisioned", "volume", name, "claim", klog.KObj(claim))
	return nil
}

func (a *storageAgent) volume(name, path string, claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolume {
	directory := corev1.HostPathDirectoryOrCreate
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: storageProvisioner}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      claim.Spec.Resources.Requests,
			AccessModes:                   claim.Spec.AccessModes,
			VolumeMode:                    claim.Spec.VolumeMode,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			StorageClassName:              *claim.Spec.StorageClassName,
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: path, Type: &directory},
			},
			ClaimRef: &corev1.ObjectReference{
				Kind: "PersistentVolumeClaim", APIVersion: "v1",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
					{Key: hostnameLabel, Operator: corev1.NodeSelectorOpIn, Values: []string{a.node}},
				}}},
			}},
		},
	}
}

func (a *storageAgent) reclaim(ctx context.Context, volume *corev1.PersistentVolume) error {
	released := volume.Status.Phase == corev1.VolumeReleased && volume.DeletionTimestamp == nil &&
		volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
	if !released || volume.Annotations[provisionedBy] != storageProvisioner || !a.holds(volume) {
		return nil
	}
	// The path is made from the name again: a volume that somebody edited must not remove other files.
	if err := os.RemoveAll(filepath.Join(volumesRoot, filepath.Base(volume.Name))); err != nil {
		return err
	}
	err := a.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	klog.InfoS("Removed", "volume", volume.Name)
	return nil
}

// holds says whether the volume's directory is on this node.
func (a *storageAgent) holds(volume *corev1.PersistentVolume) bool {
	if volume.Spec.NodeAffinity == nil || volume.Spec.NodeAffinity.Required == nil {
		return false
	}
	for _, term := range volume.Spec.NodeAffinity.Required.NodeSelectorTerms {
		for _, e := range term.MatchExpressions {
			if e.Key == hostnameLabel && len(e.Values) == 1 && e.Values[0] == a.node {
				return true
			}
		}
	}
	return false
}

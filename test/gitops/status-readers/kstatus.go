package main

import (
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// readWithKstatus reads an object as the health checks of Flux and `helm --wait` do.
func readWithKstatus(object *unstructured.Unstructured) (reading, error) {
	result, err := status.Compute(object)
	if err != nil {
		return reading{}, err
	}
	return reading{Status: result.Status.String(), Message: result.Message}, nil
}

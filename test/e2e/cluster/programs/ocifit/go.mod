module mdk.io/cluster/ocifit

go 1.24

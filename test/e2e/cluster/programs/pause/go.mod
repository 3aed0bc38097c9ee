module mdk.io/cluster/pause

go 1.24

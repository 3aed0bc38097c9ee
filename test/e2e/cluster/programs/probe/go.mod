module mdk.io/cluster/probe

go 1.24

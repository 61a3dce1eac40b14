// SPDX-License-Identifier: ISC

package main

import "sync/atomic"

func add(n *int64, by int64) { atomic.AddInt64(n, by) }
func get(n *int64) int64     { return atomic.LoadInt64(n) }

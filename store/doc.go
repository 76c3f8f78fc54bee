// Package store keeps runs in SQL.
package store

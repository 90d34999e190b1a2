// SPDX-License-Identifier: Apache-2.0

package cli

import "errors"

type drgCmd struct{}

func (drgCmd) Run(a *App) error { return errors.New("not built") }

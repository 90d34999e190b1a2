// SPDX-License-Identifier: Apache-2.0

package cli

import "errors"

type refdataCmd struct{}

func (refdataCmd) Run(a *App) error { return errors.New("not built") }

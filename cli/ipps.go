// SPDX-License-Identifier: Apache-2.0

package cli

import "errors"

type ippsCmd struct{}

func (ippsCmd) Run(a *App) error { return errors.New("not built") }

// SPDX-License-Identifier: Apache-2.0

package cli

import "errors"

type ediCmd struct{}

func (ediCmd) Run(a *App) error { return errors.New("not built") }

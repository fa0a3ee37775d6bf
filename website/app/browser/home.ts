// Pages without a task of their own (index, problems): only logging out.
import { wireLogOut } from './session.ts';

wireLogOut();

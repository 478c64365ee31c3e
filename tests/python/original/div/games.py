"""The division game as somebody would write it for the original's model service."""

from modelservice.games import Game, Period, register


class DivisionPeriod(Period):
    @register
    async def submit_decision(self, operand, *args, **kwargs):
        runuser = kwargs['user'].runuser
        decision = await self.games_client.decisions.get_or_create(
            period=self.pk, role=runuser.role, name='decision', defaults={'data': {}})
        decision.data = {'operand': float(operand)}
        await decision.save()
        operands = {row.role: row.data['operand'] for row in await self.games_client.decisions.filter(period=self.pk)}
        roles = [role.pk for role in self.game.roles]
        if set(operands) == set(roles):
            result = await self.games_client.results.get_or_create(period=self.pk, name='result', defaults={'role': None})
            result.data = {'quotient': operands[roles[0]] / operands[roles[1]]}
            await result.save()
        return 'ok'


Game.register('div', [DivisionPeriod])
